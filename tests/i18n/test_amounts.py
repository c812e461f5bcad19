"""Amounts and bands in sentences: 1200元 in Chinese, 1,200.00 yuan in English."""

from app.i18n.amounts import band_in_sentence, format_amount, in_sentence


def test_whole_yuan_have_no_decimals_in_chinese_and_two_in_english() -> None:
    assert [format_amount(fen, "zh") for fen in (120000, 60050, 0, 5, -10000)] == [
        "1200",
        "600.50",
        "0",
        "0.05",
        "-100",
    ]
    assert [format_amount(fen, "en") for fen in (120000, 60050, 0, 5, -10000, -123456789, -5)] == [
        *("1,200.00", "600.50", "0.00", "0.05", "-100.00", "-1,234,567.89", "-0.05"),
    ]
    assert in_sentence("186000.00", "zh") == "186000"
    assert in_sentence("186000.00", "en") == "186,000.00"


def test_a_band_leaves_its_lower_bound_out_and_takes_its_upper_one_in() -> None:
    bands = [("0.00", "30000.00"), ("30000.00", "70000.00"), ("200000.00", None), ("0.00", None)]
    assert [band_in_sentence(*band, "zh") for band in bands] == [
        *("30000元（含）以下", "30000元以上至70000元（含）", "200000元以上", "全部金额"),
    ]
    assert [band_in_sentence(*band, "en") for band in bands] == [
        *("up to 30,000.00 yuan", "over 30,000.00 to 70,000.00 yuan", "over 200,000.00 yuan", "every amount"),
    ]
