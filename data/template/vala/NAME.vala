// SPDX-License-Identifier: @licence@
// @name@: events of libmvxlog, appended to a file. Put your own destination in the place of that.
// The four functions that libmvxlog calls are in @name@-plugin.c.
[CCode (cprefix = "@Type@", lower_case_cprefix = "@ident@_")]
namespace @Type@ {
    public class Sink : Object {
        private MvxLog.Renderer renderer;
        private File file;
        private FileOutputStream? stream = null; // while it is open

        public Sink (MvxLog.Options options) throws Error {
            renderer = options.new_renderer ();
            file = File.new_for_path (options.get_string ("path"));
        }

        // On the sink's own thread. An event that fails stays in the queue and is offered again later.
        public void send (MvxLog.Event event) throws Error {
            if (stream == null)
                stream = file.append_to (FileCreateFlags.NONE);
            stream.write_all (renderer.render_bytes (event).get_data (), null);
        }

        public void close () throws Error {
            var closing = (owned) stream;

            if (closing != null)
                closing.close ();
        }
    }
}
