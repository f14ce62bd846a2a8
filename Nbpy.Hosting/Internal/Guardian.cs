using System.Diagnostics;
using System.Globalization;

namespace Nbpy.Hosting.Internal;

/// <summary>A small shell of its own session that knows the processes the host started. When its input ends, because the host
/// has died however it died, it ends them: politely, and after five seconds by force.</summary>
internal sealed class Guardian : IDisposable
{
    private const string Script = """
        trap '' INT TERM HUP
        pids=' '
        while read -r op pid; do
          case $op in
            +) pids="$pids$pid " ;;
            -) pids="${pids%% $pid *} ${pids#* $pid }" ;;
            .) exit 0 ;;
          esac
        done
        for p in $pids; do kill -TERM "$p" 2>/dev/null; done
        n=0
        while [ $n -lt 50 ]; do
          alive=''
          for p in $pids; do kill -0 "$p" 2>/dev/null && alive=1; done
          [ -z "$alive" ] && exit 0
          sleep 0.1
          n=$((n + 1))
        done
        for p in $pids; do kill -KILL "$p" 2>/dev/null; done
        """;

    private readonly Lock gate = new();
    private readonly Process? shell;

    private Guardian(Process? shell) => this.shell = shell;

    public static Guardian Start()
    {
        if (!File.Exists("/bin/sh"))
            return new Guardian(null);
        var start = Session.Start("/bin/sh", ["-c", Script]);
        start.RedirectStandardInput = true;
        return new Guardian(Process.Start(start));
    }

    public void Add(int pid) => Tell("+", pid);

    public void Remove(int pid) => Tell("-", pid);

    public void Dispose()
    {
        if (shell is null)
            return;
        lock (gate)
        {
            shell.StandardInput.Write(".\n");
            shell.StandardInput.Flush();
        }

        if (!shell.WaitForExit(TimeSpan.FromSeconds(2)))
            shell.Kill();
        shell.Dispose();
    }

    private void Tell(string op, int pid)
    {
        if (shell is null)
            return;
        lock (gate)
        {
            shell.StandardInput.Write(string.Create(CultureInfo.InvariantCulture, $"{op} {pid}\n"));
            shell.StandardInput.Flush();
        }
    }
}
