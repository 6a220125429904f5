import {
  to = opensearch_ccr_connection.london
  id = "paris/london"
}
