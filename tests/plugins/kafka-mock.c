/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* kafka-mock [TOPIC:PARTITIONS...]: a cluster of three brokers, that of librdkafka itself, on loopback. Its first line
 * of output is where they listen; each line of input is answered with "ok" when it has been done; it ends with its
 * input.
 *
 *   down BROKER            breaks its connections, and takes no others; brokers are 1 to 3, 0 is all of them
 *   up BROKER
 *   rtt BROKER MS          how long it takes to answer
 *   errors API CODE COUNT  the next COUNT requests of that kind (0: Produce) fail so
 *   clear API              no more of them
 *   topic TOPIC CODE       what asking for the topic is answered with; 0: nothing is wrong
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#define N_BROKERS 3

static int
each (rd_kafka_mock_cluster_t *cluster, int broker, int ms, int (*func) (rd_kafka_mock_cluster_t *, int, int))
{
  int failed = 0;

  for (int i = 1; i <= N_BROKERS; i++)
    if (broker == 0 || broker == i)
      failed |= func (cluster, i, ms);
  return failed;
}

static int
down (rd_kafka_mock_cluster_t *cluster, int broker, int unused)
{
  return rd_kafka_mock_broker_set_down (cluster, broker);
}

static int
up (rd_kafka_mock_cluster_t *cluster, int broker, int unused)
{
  return rd_kafka_mock_broker_set_up (cluster, broker);
}

static int
rtt (rd_kafka_mock_cluster_t *cluster, int broker, int ms)
{
  return rd_kafka_mock_broker_set_rtt (cluster, broker, ms);
}

static int
push_errors (rd_kafka_mock_cluster_t *cluster, int api, int code, int count)
{
  for (int i = 0; i < count; i++)
    rd_kafka_mock_push_request_errors (cluster, (int16_t) api, 1, (rd_kafka_resp_err_t) code);
  return 0;
}

static int
obey (rd_kafka_mock_cluster_t *cluster, const char *line)
{
  char topic[256];
  int a = 0, b = 0, c = 0;

  if (sscanf (line, "down %d", &a) == 1)
    return each (cluster, a, 0, down);
  if (sscanf (line, "up %d", &a) == 1)
    return each (cluster, a, 0, up);
  if (sscanf (line, "rtt %d %d", &a, &b) == 2)
    return each (cluster, a, b, rtt);
  if (sscanf (line, "errors %d %d %d", &a, &b, &c) == 3)
    return push_errors (cluster, a, b, c);
  if (sscanf (line, "clear %d", &a) == 1)
    {
      rd_kafka_mock_clear_request_errors (cluster, (int16_t) a);
      return 0;
    }
  if (sscanf (line, "topic %255s %d", topic, &a) != 2)
    return 1;
  rd_kafka_mock_topic_set_error (cluster, topic, (rd_kafka_resp_err_t) a);
  return 0;
}

static void
create_topic (rd_kafka_mock_cluster_t *cluster, char *text)
{
  char *colon = strchr (text, ':');

  if (colon)
    *colon = '\0';
  rd_kafka_mock_topic_create (cluster, text, colon ? atoi (colon + 1) : 1, 1);
}

int
main (int argc, char **argv)
{
  char reason[512];
  char line[512];
  rd_kafka_conf_t *conf = rd_kafka_conf_new ();
  rd_kafka_mock_cluster_t *cluster;
  rd_kafka_t *rk;

  /* That it has no brokers is no news. */
  rd_kafka_conf_set (conf, "log_level", "2", NULL, 0);
  rk = rd_kafka_new (RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
  cluster = rk ? rd_kafka_mock_cluster_new (rk, N_BROKERS) : NULL;
  if (cluster == NULL)
    return 1;
  for (int i = 1; i < argc; i++)
    create_topic (cluster, argv[i]);
  puts (rd_kafka_mock_cluster_bootstraps (cluster));
  fflush (stdout);
  while (fgets (line, sizeof line, stdin))
    {
      puts (obey (cluster, line) == 0 ? "ok" : "wrong");
      fflush (stdout);
    }
  rd_kafka_mock_cluster_destroy (cluster);
  rd_kafka_destroy (rk);
  return 0;
}
