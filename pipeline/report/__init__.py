"""Reports 报告: documents about a day, a week, a month or an event, every sentence of which is read from kept evidence.

`content` is what a report is; `periodic`, `event` and `rebuttal` make one from what is `kept`; `checked` holds it against the evidence again;
`page`, `word`, `workbook` and `plain` render it.
"""
