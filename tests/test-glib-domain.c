/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/mvxlog.h>

#include "context/tree-internal.h"
#include "front/glib-domain-private.h"

static void
test_names (void)
{
  static const struct
  {
    const char *domain;
    const char *name;
  } cases[] = {
    { "Gtk", "Gtk" },
    { "GLib-GIO", "GLib-GIO" },
    { "org.example.app", "org.example.app" },
    { "gsd_color", "gsd_color" },
    { "my app/core", "my-app-core" },
    { "3dfx", "x3dfx" },
    { "-x", "x-x" },
    { "a.7.b", "a.x7.b" },
    { "..a..b..", "a.b" },
    { "...", "" },
    { "\xc3\xa9t\xc3\xa9", "x--t--" },
  };
  g_autofree char *long_domain = g_strnfill (300, 'a');
  g_autofree char *long_name = mvx_log_glib_domain_dup_name (long_domain);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name = mvx_log_glib_domain_dup_name (cases[i].domain);

      g_assert_cmpstr (name, ==, cases[i].name);
      g_assert_true (mvx_log_context_check_name (name, NULL));
    }
  g_assert_cmpuint (strlen (long_name), ==, 255);
  g_assert_true (mvx_log_context_check_name (long_name, NULL));
}

static void
test_find (void)
{
  char domain[] = "Test-Domain";
  const MvxLogGlibDomain *first = mvx_log_glib_domain_find (domain);

  g_assert_cmpstr (first->domain, ==, "Test-Domain");
  g_assert_true (first->node == mvx_log_tree_find_node ("Test-Domain"));
  g_assert_false (first->mapped);
  domain[0] = 'B'; /* it is a copy that was kept */
  g_assert_true (mvx_log_glib_domain_find ("Test-Domain") == first);
  g_assert_true (mvx_log_glib_domain_find ("Best-Domain") != first);

  g_assert_true (mvx_log_glib_domain_find ("a b")->mapped);
  g_assert_true (mvx_log_glib_domain_find ("a b")->node == mvx_log_tree_find_node ("a-b"));
  g_assert_true (mvx_log_glib_domain_find (NULL)->node == mvx_log_tree_find_node (""));
  g_assert_true (mvx_log_glib_domain_find ("") == mvx_log_glib_domain_find (NULL));
}

static gpointer
find_all (gpointer data)
{
  for (guint i = 0; i < 600; i++)
    {
      g_autofree char *domain = g_strdup_printf ("crowd.d%u", i);
      const MvxLogGlibDomain *entry = mvx_log_glib_domain_find (domain);

      /* The root stands for those that are too many. */
      g_assert_true (entry->domain == NULL || g_str_equal (entry->domain, domain));
      g_assert_true (entry == mvx_log_glib_domain_find (domain));
    }
  return NULL;
}

static void
test_crowd (void)
{
  GThread *threads[4];
  const MvxLogGlibDomain *known = mvx_log_glib_domain_find ("crowd.d0");

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("find", find_all, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_true (mvx_log_glib_domain_find ("crowd.d0") == known);
  g_assert_null (mvx_log_glib_domain_find ("crowd.d599")->domain);
  g_assert_true (mvx_log_glib_domain_find ("crowd.d599")->mapped);
  g_assert_true (mvx_log_glib_domain_find ("crowd.d599")->node == mvx_log_tree_find_node (""));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/glib-domain/names", test_names);
  g_test_add_func ("/glib-domain/find", test_find);
  g_test_add_func ("/glib-domain/crowd", test_crowd);
  return g_test_run ();
}
