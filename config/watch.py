"""Watches: words that somebody wants searched for a while, with who wants it and until when."""

from datetime import date

from pydantic import Field, model_validator

from config.schema import Declaration, Name, SearchWord


class Watch(Declaration):
    """盯防: words that every search which takes watches asks for, until the end of a day."""

    name: Name
    words: tuple[SearchWord, ...] = Field(min_length=1, max_length=20, description="each is a search by itself; a blank asks for both its words")
    until: date = Field(description="the last day, Asia/Shanghai, such as 2026-12-31; after it nothing is searched for it any more")
    reason: str = Field(min_length=1, description="what it is for and who wants it")

    @model_validator(mode="after")
    def _whole(self) -> "Watch":
        if twice := next((word for word in self.words if self.words.count(word) > 1), ""):
            raise ValueError(f"{twice} is given twice")
        return self
