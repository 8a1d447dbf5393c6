"""The only room that knows every class: from a configuration to objects that run. One file for each way of running.

`engine` puts the parts together; `once` is `check`, `continuous` is `run`, `endpoint` is `diagnose`, `validation` is
`validate`. Import those: this file stays empty, so that `check` does not load the lab and the web face.
"""
