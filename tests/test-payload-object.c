/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stands for objects: providers, adapters by type, and what happens if these have nothing to say. */
#include <mvxlog/error.h>
#include <mvxlog/payload.h>

#include "record-maker.h"

#define ANIMAL (test_animal_get_type ())

G_DECLARE_INTERFACE (TestAnimal, test_animal, TEST, ANIMAL, GObject)
struct _TestAnimalInterface
{
  GTypeInterface parent;
};

G_DEFINE_INTERFACE (TestAnimal, test_animal, G_TYPE_OBJECT)

static void
test_animal_default_init (TestAnimalInterface *iface)
{
}

typedef struct
{
  GObject parent;
} TestDog;
typedef GObjectClass TestDogClass;
static GType test_dog_get_type (void);
G_DEFINE_TYPE_WITH_CODE (TestDog, test_dog, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (ANIMAL, NULL))
static void
test_dog_class_init (TestDogClass *klass)
{
}
static void
test_dog_init (TestDog *self)
{
}

typedef TestDog TestPuppy;
typedef TestDogClass TestPuppyClass;
static GType test_puppy_get_type (void);
G_DEFINE_TYPE (TestPuppy, test_puppy, test_dog_get_type ())
static void
test_puppy_class_init (TestPuppyClass *klass)
{
}
static void
test_puppy_init (TestPuppy *self)
{
}

/* One that says it itself. */
typedef TestDog TestTalker;
typedef TestDogClass TestTalkerClass;
static GType test_talker_get_type (void);
static const char *talker_says;

static GVariant *
test_talker_to_payload (MvxLogPayloadProvider *provider, MvxLogVerbosity verbosity)
{
  return talker_says ? g_variant_new_parsed (talker_says) : NULL;
}

static void
test_talker_provider_init (MvxLogPayloadProviderInterface *iface)
{
  iface->to_payload = test_talker_to_payload;
}

G_DEFINE_TYPE_WITH_CODE (TestTalker,
                         test_talker,
                         test_dog_get_type (),
                         G_IMPLEMENT_INTERFACE (MVX_LOG_TYPE_PAYLOAD_PROVIDER, test_talker_provider_init))
static void
test_talker_class_init (TestTalkerClass *klass)
{
}
static void
test_talker_init (TestTalker *self)
{
}

static gint n_destroyed; /* (atomic), whoever drops the last reference counts */

static void
count_destroyed (gpointer data)
{
  g_atomic_int_inc (&n_destroyed);
}

/* @data is the text of what it gives, with %d for the verbosity. */
static GVariant *
adapter (GObject *object, MvxLogVerbosity verbosity, gpointer data)
{
  g_autofree char *text = NULL;
  GString *out = g_string_new (data);

  text = g_strdup_printf ("%d", (int) verbosity);
  g_string_replace (out, "%d", text, 0);
  g_free (g_steal_pointer (&text));
  text = g_string_free (out, FALSE);
  return *text ? g_variant_new_parsed (text) : NULL;
}

static void
teach (GType type, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_register_payload_adapter (type, adapter, (gpointer) text, count_destroyed, &error));
  g_assert_no_error (error);
}

static void
assert_object (GType type, const MvxLogLimits *limits, const char *expected)
{
  g_autoptr (GObject) object = g_object_new (type, NULL);
  MvxLogField field = FIELD_POINTER ("o", OBJECT, object);
  g_autofree char *text = record_encode (&field, 1, limits);

  g_assert_cmpstr (text, ==, expected);
}

static void
forget (void)
{
  mvx_log_unregister_payload_adapter (ANIMAL);
  mvx_log_unregister_payload_adapter (test_dog_get_type ());
  mvx_log_unregister_payload_adapter (test_puppy_get_type ());
  mvx_log_unregister_payload_adapter (test_talker_get_type ());
  mvx_log_unregister_payload_adapter (G_TYPE_OBJECT);
}

/* The type itself, then its parents, then interfaces; a change is seen at once, whatever was looked up before. */
static void
test_adapters (void)
{
  const MvxLogLimits *limits = &mvx_log_limits_default;

  assert_object (test_puppy_get_type (), limits, "o='<TestPuppy>'");
  teach (ANIMAL, "{'is': <'animal'>}");
  assert_object (test_puppy_get_type (), limits, "o={is:'animal'}");
  assert_object (test_dog_get_type (), limits, "o={is:'animal'}");
  teach (test_dog_get_type (), "{'is': <'dog'>}");
  assert_object (test_puppy_get_type (), limits, "o={is:'dog'}");
  teach (test_puppy_get_type (), "{'is': <'puppy'>}");
  assert_object (test_puppy_get_type (), limits, "o={is:'puppy'}");
  assert_object (test_dog_get_type (), limits, "o={is:'dog'}");
  g_assert_true (mvx_log_unregister_payload_adapter (test_puppy_get_type ()));
  g_assert_false (mvx_log_unregister_payload_adapter (test_puppy_get_type ()));
  assert_object (test_puppy_get_type (), limits, "o={is:'dog'}");
  /* Again: the old one is let go. */
  g_atomic_int_set (&n_destroyed, 0);
  teach (test_dog_get_type (), "{'is': <'hound'>}");
  g_assert_cmpint (g_atomic_int_get (&n_destroyed), ==, 1);
  assert_object (test_dog_get_type (), limits, "o={is:'hound'}");
  forget ();
  assert_object (test_dog_get_type (), limits, "o='<TestDog>'");
}

static void
test_providers (void)
{
  const MvxLogLimits *limits = &mvx_log_limits_default;

  teach (test_dog_get_type (), "{'is': <'dog'>}");
  talker_says = "{'says': <'woof'>}";
  assert_object (test_talker_get_type (), limits, "o={says:'woof'}");
  /* Nothing, or nothing that can be used: the adapter is asked. */
  talker_says = NULL;
  assert_object (test_talker_get_type (), limits, "o={is:'dog'}");
  talker_says = "['no', 'dictionary']";
  assert_object (test_talker_get_type (), limits, "o={is:'dog'}");
  talker_says = "{1: <'no text key'>}";
  assert_object (test_talker_get_type (), limits, "o={is:'dog'}");
  forget ();
  assert_object (test_talker_get_type (), limits, "o='<TestTalker>'");
  talker_says = "{'s': 'plain values, too'}";
  assert_object (test_talker_get_type (), limits, "o={s:'plain values, too'}");
  talker_says = NULL;
}

static void
test_fall_back (void)
{
  teach (test_dog_get_type (), "");
  assert_object (test_dog_get_type (), &mvx_log_limits_default, "o='<TestDog>'");
  teach (test_dog_get_type (), "'text'");
  assert_object (test_dog_get_type (), &mvx_log_limits_default, "o='<TestDog>'");
  forget ();
}

static void
test_verbosity (void)
{
  MvxLogLimits limits = mvx_log_limits_default;

  teach (test_dog_get_type (), "{'verbosity': <%d>}");
  assert_object (test_dog_get_type (), &limits, "o={verbosity:0}");
  limits.verbosity = MVX_LOG_VERBOSITY_MINIMAL;
  assert_object (test_dog_get_type (), &limits, "o={verbosity:-1}");
  limits.verbosity = MVX_LOG_VERBOSITY_MAXIMUM;
  assert_object (test_dog_get_type (), &limits, "o={verbosity:1}");
  forget ();
}

/* What they give is taken as it is: depth, items and lengths. */
static void
test_verbatim (void)
{
  MvxLogLimits tight = { 3, 1, 1, MVX_LOG_VERBOSITY_NORMAL, FALSE };

  teach (test_dog_get_type (), "{'longer key': <{'inner': <['one', 'two', 'three']>}>, 'b': <'longer text'>}");
  assert_object (test_dog_get_type (), &tight, "o={longer key:{inner:['one','two','three']},b:'longer text'}");
  tight.deferred = TRUE;
  assert_object (test_dog_get_type (), &tight, "o={longer key:{inner:['one','two','three']},b:'longer text'}");
  forget ();
}

static void
test_refused (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (mvx_log_register_payload_adapter (G_TYPE_INT, adapter, NULL, NULL, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT);
  g_assert_cmpstr (error->message, ==,
                   "'gint' is no type of objects, so nothing of it can be logged as one; register a class or an "
                   "interface");
}

/* Lists and maps that are wanted whole. */
static void
test_unbounded (void)
{
  MvxLogLimits two = { 3, 2, 2, MVX_LOG_VERBOSITY_NORMAL, FALSE };
  g_autoptr (GVariant) list = g_variant_ref_sink (g_variant_new_parsed ("['abcd', 'b', 'c']"));
  MvxLogField field = FIELD_POINTER ("l", VARIANT, list);
  g_autofree char *cut = record_encode (&field, 1, &two);
  g_autofree char *whole = NULL;

  g_assert_cmpstr (cut, ==, "l=['abc...','b','... (1 more)']");
  field.flags = MVX_LOG_FIELD_UNBOUNDED;
  whole = record_encode (&field, 1, &two);
  g_assert_cmpstr (whole, ==, "l=['abc...','b','c']");
}

static gpointer
crowd (gpointer data)
{
  g_autoptr (GObject) object = g_object_new (test_puppy_get_type (), NULL);

  for (guint i = 0; i < 2000; i++)
    {
      MvxLogField field = FIELD_POINTER ("o", OBJECT, object);
      g_autofree char *text = record_encode (&field, 1, &mvx_log_limits_default);

      g_assert_true (g_str_equal (text, "o='<TestPuppy>'") || g_str_equal (text, "o={is:'animal'}"));
    }
  return NULL;
}

/* Registering and forgetting while others log. */
static void
test_threads (void)
{
  GThread *threads[3];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("crowd", crowd, NULL);
  for (guint i = 0; i < 500; i++)
    {
      teach (ANIMAL, "{'is': <'animal'>}");
      mvx_log_unregister_payload_adapter (ANIMAL);
    }
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/payload-object/adapters", test_adapters);
  g_test_add_func ("/payload-object/providers", test_providers);
  g_test_add_func ("/payload-object/fall-back", test_fall_back);
  g_test_add_func ("/payload-object/verbosity", test_verbosity);
  g_test_add_func ("/payload-object/verbatim", test_verbatim);
  g_test_add_func ("/payload-object/unbounded", test_unbounded);
  g_test_add_func ("/payload-object/refused", test_refused);
  g_test_add_func ("/payload-object/threads", test_threads);
  return g_test_run ();
}
