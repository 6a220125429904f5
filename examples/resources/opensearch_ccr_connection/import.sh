# The id is CLUSTER/NAME.
terraform import opensearch_ccr_connection.london paris/london
