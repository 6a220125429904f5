# The integrations of followers with several leaders. Those with one leader are
# listed as opensearch_ccr_follower; all = true lists them here too.
list "opensearch_ccr_integration" "all" {
  provider = opensearch

  config {
    all = true
  }
}
