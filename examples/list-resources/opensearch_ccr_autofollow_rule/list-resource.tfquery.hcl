# Every autofollow rule of the follower paris.
list "opensearch_ccr_autofollow_rule" "paris" {
  provider = opensearch

  config {
    cluster = "paris"
  }
}
