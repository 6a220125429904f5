# Every follower service of the provider's project that has one leader.
list "opensearch_ccr_follower" "all" {
  provider = opensearch
}
