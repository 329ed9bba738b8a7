"""Scrapy's settings: politeness first. What the desk's own settings.yaml says comes on top, in `crawlers.spiders.base`."""

BOT_NAME = "shian"
SPIDER_LOADER_CLASS = "crawlers.loader.SourceLoader"

ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "Shian"
CONCURRENT_REQUESTS = 2  # what is under way is waited for when a crawl must end
CONCURRENT_REQUESTS_PER_DOMAIN = 1
SCHEDULER_MEMORY_QUEUE = "scrapy.squeues.FifoMemoryQueue"  # articles in the list's order, the newest first
DOWNLOAD_DELAY_JITTER = 0  # a declared delay is the least, not the middle
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_START_DELAY = 0  # the delay itself is the start
AUTOTHROTTLE_MAX_DELAY = 60
RETRY_TIMES = 1
RETRY_HTTP_CODES = [500, 502, 503, 504, 522, 524]
RETRY_GIVE_UP_LOG_LEVEL = "INFO"
REDIRECT_MAX_TIMES = 5
DOWNLOAD_MAXSIZE = 8 * 2**20
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_VERIFY_CERTIFICATES = True
DNS_TIMEOUT = 20
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,application/json;q=0.9,*/*;q=0.8",
    "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5",
}

TWISTED_DNS_RESOLVER = "crawlers.middlewares.GuardedResolver"
DOWNLOADER_MIDDLEWARES = {
    "crawlers.middlewares.GuardMiddleware": 60,  # before robots.txt is asked for
    "crawlers.middlewares.PatienceMiddleware": 560,  # before it is decided whether to try again
}
ITEM_PIPELINES = {"crawlers.pipelines.SpoolPipeline": 100}

# What no crawl of ours uses, but every crawl, or every page, would pay for.
CONCURRENT_ITEMS = 1  # so many tasks are made for each page, and the spool takes one post at a time anyway
WARN_ON_GENERATOR_RETURN_VALUE = False
DOWNLOAD_HANDLERS = dict.fromkeys(("data", "file", "ftp", "s3"))
SPIDER_MIDDLEWARES = {"scrapy.spidermiddlewares.depth.DepthMiddleware": None}
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
MEMUSAGE_ENABLED = False
STATS_DUMP = False
LOG_LEVEL = "WARNING"
EXTENSIONS = {
    f"scrapy.extensions.{name}": None
    for name in (
        "corestats.CoreStats",
        "feedexport.FeedExporter",
        "logcount.LogCount",
        "logstats.LogStats",
        "memdebug.MemoryDebugger",
        "memusage.MemoryUsage",
        "remote_control.RemoteControl",
        "spiderstate.SpiderState",
        "telnet.TelnetConsole",
    )
}
