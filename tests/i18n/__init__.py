"""The texts in Chinese and English: their words, their amounts, their punctuation."""
