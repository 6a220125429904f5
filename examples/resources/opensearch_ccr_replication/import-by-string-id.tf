import {
  to = opensearch_ccr_replication.orders
  id = "paris/london-orders"
}
