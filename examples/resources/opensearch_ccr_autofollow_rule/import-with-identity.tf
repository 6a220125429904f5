import {
  to = opensearch_ccr_autofollow_rule.logs
  identity = {
    cluster      = "paris"
    leader_alias = "london"
    name         = "logs"
  }
}
