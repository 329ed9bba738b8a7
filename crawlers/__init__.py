"""The outside world turned into posts: Scrapy spiders driven by declared sources, and the spool they write."""
