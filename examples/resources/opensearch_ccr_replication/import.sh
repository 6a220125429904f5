# The id is CLUSTER/FOLLOWER_INDEX. Where the cluster does not tell the roles, which it does with the security plugin
# only, they follow: CLUSTER/FOLLOWER_INDEX/LEADER_ROLE/FOLLOWER_ROLE.
terraform import opensearch_ccr_replication.orders paris/london-orders
