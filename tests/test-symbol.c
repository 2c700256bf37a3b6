/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "event/symbol-private.h"

static void
test_intern (void)
{
  char text[] = "org.example.shop";
  const MvxLogSymbol *symbol = mvx_log_symbol_intern (text);

  text[0] = 'X';
  g_assert_cmpstr (symbol->text, ==, "org.example.shop");
  g_assert_cmpuint (symbol->len, ==, strlen (symbol->text));
  g_assert_cmpuint (symbol->id, !=, 0);
  g_assert_true (mvx_log_symbol_intern ("org.example.shop") == symbol);
  g_assert_true (mvx_log_symbol_from_id (symbol->id) == symbol);
  g_assert_true (mvx_log_symbol_intern ("org.example.other") != symbol);
  g_assert_cmpuint (mvx_log_symbol_intern ("")->len, ==, 0);
}

/* Numbers may be made up: they come from records of other processes. */
static void
test_unknown (void)
{
  g_assert_null (mvx_log_symbol_from_id (0));
  g_assert_null (mvx_log_symbol_from_id (1000000));
  g_assert_null (mvx_log_symbol_from_id (4096 * 256));
  g_assert_null (mvx_log_symbol_from_id (G_MAXUINT32));
}

static gpointer
intern_many (gpointer data)
{
  for (guint i = 0; i < 2000; i++)
    {
      g_autofree char *text = g_strdup_printf ("context.%u", i);
      const MvxLogSymbol *symbol = mvx_log_symbol_intern (text);
      const MvxLogSymbol *ahead = mvx_log_symbol_from_id (symbol->id + 1);

      g_assert_cmpstr (symbol->text, ==, text);
      g_assert_true (mvx_log_symbol_from_id (symbol->id) == symbol);
      /* Either nothing or all of it. */
      if (ahead)
        g_assert_cmpuint (strlen (ahead->text), ==, ahead->len);
    }
  return NULL;
}

static void
test_threads (void)
{
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("intern", intern_many, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/symbol/intern", test_intern);
  g_test_add_func ("/symbol/unknown", test_unknown);
  g_test_add_func ("/symbol/threads", test_threads);
  return g_test_run ();
}
