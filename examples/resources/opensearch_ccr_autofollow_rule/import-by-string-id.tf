import {
  to = opensearch_ccr_autofollow_rule.logs
  id = "paris/london/logs"
}
