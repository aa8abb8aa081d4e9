"""What other people's catalogues and hosts take: written by `make reference`, put together by `make packages`."""
