resource "opensearch_ccr_connection" "london" {
  cluster = "paris"
  name    = "london"
  seeds   = ["london-1.example.com:9300"]
}

# Every index of london that begins with logs-, existing and future ones.
resource "opensearch_ccr_autofollow_rule" "logs" {
  cluster      = "paris"
  name         = "logs"
  leader_alias = opensearch_ccr_connection.london.name
  pattern      = "logs-*"

  use_roles = {
    leader_cluster_role   = "ccr_leader"
    follower_cluster_role = "ccr_follower"
  }

  # Destroy removes the rule; what it started keeps replicating.
  on_destroy = "keep"
}
