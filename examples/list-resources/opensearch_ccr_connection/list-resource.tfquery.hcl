# Every connection of the follower paris to a leader.
list "opensearch_ccr_connection" "paris" {
  provider = opensearch

  config {
    cluster = "paris"
  }
}
