/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "receive/receive-frame.h"

#include <string.h>

/* Digits of a count, and the space. */
#define MVX_RECEIVE_MAX_COUNT 10

void
mvx_receive_frames_init (MvxReceiveFrames *frames, gsize limit, MvxReceiveFrameFunc func, gpointer data)
{
  *frames = (MvxReceiveFrames){ func, data, limit, g_string_new (NULL), 0, FALSE };
}

void
mvx_receive_frames_clear (MvxReceiveFrames *frames)
{
  g_string_free (frames->pending, TRUE);
  frames->pending = NULL;
}

/* Of a bad one no more is shown than a good one may have; a number that stands before it counts, too. */
static void
mvx_receive_frames_refuse (MvxReceiveFrames *frames, const char *text, gsize n, const char *fault)
{
  frames->func (text, MIN (n, frames->limit), fault, frames->data);
}

static void
mvx_receive_frames_too_long (MvxReceiveFrames *frames, const char *text, gsize n)
{
  mvx_receive_frames_refuse (frames, text, n, "it is longer than --max-size");
}

static gboolean
mvx_receive_frames_is_counted (const char *text)
{
  return *text >= '1' && *text <= '9';
}

/* Each takes what it can of the pending bytes; returns how much that is, 0 if it needs more, -1 if there is no way. */
static gssize
mvx_receive_frames_take_counted (MvxReceiveFrames *frames, const char *text, gsize n)
{
  gsize digits = 0;
  gsize count = 0;

  while (digits < n && digits < MVX_RECEIVE_MAX_COUNT && g_ascii_isdigit (text[digits]))
    count = count * 10 + (gsize) (text[digits++] - '0');
  if (digits == n)
    return 0;
  if (text[digits] != ' ')
    {
      mvx_receive_frames_refuse (frames, text, digits, "its number of octets does not end in a space");
      return -1;
    }
  digits++;
  if (count > frames->limit)
    {
      mvx_receive_frames_too_long (frames, text + digits, n - digits);
      frames->to_skip = count;
      return (gssize) digits;
    }
  if (n - digits < count)
    return 0;
  frames->func (text + digits, count, NULL, frames->data);
  return (gssize) (digits + count);
}

static gssize
mvx_receive_frames_take_line (MvxReceiveFrames *frames, const char *text, gsize n)
{
  const char *end = memchr (text, '\n', n);
  gsize length = end ? (gsize) (end - text) : n;

  if (length > frames->limit)
    {
      mvx_receive_frames_too_long (frames, text, length);
      frames->skipping = end == NULL;
      return (gssize) (end ? length + 1 : n);
    }
  if (end == NULL)
    return 0;
  if (length > 0)
    frames->func (text, length, NULL, frames->data);
  return (gssize) (length + 1);
}

/* Of a message that is too long. */
static gsize
mvx_receive_frames_skip (MvxReceiveFrames *frames, const char *text, gsize n)
{
  const char *end;
  gsize skipped = MIN (n, frames->to_skip);

  frames->to_skip -= skipped;
  if (!frames->skipping)
    return skipped;
  end = memchr (text, '\n', n);
  frames->skipping = end == NULL;
  return end ? (gsize) (end - text) + 1 : n;
}

gboolean
mvx_receive_frames_feed (MvxReceiveFrames *frames, const char *bytes, gsize n)
{
  const char *p;
  gsize left;
  gssize taken;

  g_string_append_len (frames->pending, bytes, (gssize) n);
  p = frames->pending->str;
  left = frames->pending->len;
  while (left > 0)
    {
      if (frames->to_skip > 0 || frames->skipping)
        taken = (gssize) mvx_receive_frames_skip (frames, p, left);
      else if (mvx_receive_frames_is_counted (p))
        taken = mvx_receive_frames_take_counted (frames, p, left);
      else
        taken = mvx_receive_frames_take_line (frames, p, left);
      if (taken < 0)
        return FALSE;
      if (taken == 0)
        break;
      p += taken;
      left -= (gsize) taken;
    }
  g_string_erase (frames->pending, 0, (gssize) (frames->pending->len - left));
  return TRUE;
}

void
mvx_receive_frames_finish (MvxReceiveFrames *frames)
{
  const GString *rest = frames->pending;

  if (rest->len > 0 && mvx_receive_frames_is_counted (rest->str))
    mvx_receive_frames_refuse (frames, rest->str, rest->len, "the connection ended in the middle of it");
  else if (rest->len > 0)
    frames->func (rest->str, rest->len, NULL, frames->data);
  g_string_truncate (frames->pending, 0);
}
