resource "opensearch_ccr_connection" "london" {
  cluster = "paris"
  name    = "london"
  seeds   = ["london-1.example.com:9300"]
}

# The index orders of london, under the name london-orders on paris.
resource "opensearch_ccr_replication" "orders" {
  cluster        = "paris"
  leader_alias   = opensearch_ccr_connection.london.name
  leader_index   = "orders"
  follower_index = "london-orders"

  # Needed where the security plugin is on.
  use_roles = {
    leader_cluster_role   = "ccr_leader"
    follower_cluster_role = "ccr_follower"
  }

  # Settings that the follower index has instead of the leader's.
  settings = {
    "index.number_of_replicas" = "0"
  }

  # Destroy stops the replication and keeps the index, writable. A replacement needs "delete_index".
  on_destroy = "stop"
}
