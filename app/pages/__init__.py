"""The pages for people: the slip, the interview, the notice board, the policy, the officer's desk."""
