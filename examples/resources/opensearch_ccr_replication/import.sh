# The id is CLUSTER/FOLLOWER_INDEX.
terraform import opensearch_ccr_replication.orders paris/london-orders
