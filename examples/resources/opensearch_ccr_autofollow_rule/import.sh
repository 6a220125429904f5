# The id is CLUSTER/LEADER_ALIAS/NAME. Where the cluster does not tell the roles, which it does with the security
# plugin only, they follow: CLUSTER/LEADER_ALIAS/NAME/LEADER_ROLE/FOLLOWER_ROLE.
terraform import opensearch_ccr_autofollow_rule.logs paris/london/logs
