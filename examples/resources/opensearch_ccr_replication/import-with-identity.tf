import {
  to = opensearch_ccr_replication.orders
  identity = {
    cluster        = "paris"
    follower_index = "london-orders"
  }
}
