# The replications on the follower paris whose leader is london.
list "opensearch_ccr_replication" "london" {
  provider = opensearch
  limit    = 5000

  config {
    cluster      = "paris"
    leader_alias = "london"
  }
}
