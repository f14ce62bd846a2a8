using System.Diagnostics;
using System.Globalization;

namespace Nbpy.Hosting.Internal;

/// <summary>A small shell of its own session that knows the processes and containers the host started. When its input ends, because the host
/// has died however it died, it ends them: processes with their groups politely, and after five seconds by force; containers with
/// their runtime.</summary>
internal sealed class Guardian : IDisposable
{
    private const string Script = """
        trap '' INT TERM HUP
        pids=' '
        boxes=' '
        while read -r op id; do
          case $op in
            +) pids="$pids$id " ;;
            -) pids="${pids%% $id *} ${pids#* $id }" ;;
            c) boxes="$boxes$id " ;;
            d) boxes="${boxes%% $id *} ${boxes#* $id }" ;;
            r) runtime=$id ;;
            .) exit 0 ;;
          esac
        done
        for p in $pids; do kill -TERM "-$p" 2>/dev/null || kill -TERM "$p" 2>/dev/null; done
        for b in $boxes; do "$runtime" stop --time 5 "$b" >/dev/null 2>&1 && "$runtime" rm --force --volumes "$b" >/dev/null 2>&1 & done
        n=0
        while [ $n -lt 50 ]; do
          alive=''
          for p in $pids; do { kill -0 "-$p" 2>/dev/null || kill -0 "$p" 2>/dev/null; } && alive=1; done
          [ -z "$alive" ] && break
          sleep 0.1
          n=$((n + 1))
        done
        for p in $pids; do kill -KILL "-$p" 2>/dev/null || kill -KILL "$p" 2>/dev/null; done
        wait
        """;

    private readonly Lock gate = new();
    private readonly Process? shell;
    private bool isAbandoned;

    private Guardian(Process? shell) => this.shell = shell;

    public static Guardian Start()
    {
        if (!File.Exists("/bin/sh"))
            return new Guardian(null);
        var start = Session.Start("/bin/sh", ["-c", Script]);
        start.RedirectStandardInput = true;
        return new Guardian(Process.Start(start));
    }

    public void Add(int pid) => Tell("+", pid.ToString(CultureInfo.InvariantCulture));

    public void Remove(int pid) => Tell("-", pid.ToString(CultureInfo.InvariantCulture));

    /// <summary>A container that is to end with the host.</summary>
    public void AddContainer(string runtime, string name)
    {
        Tell("r", runtime);
        Tell("c", name);
    }

    public void RemoveContainer(string name) => Tell("d", name);

    /// <summary>Lets go of it as the host's death does: it ends what it knows.</summary>
    internal void Abandon()
    {
        lock (gate)
        {
            shell?.StandardInput.Close();
            isAbandoned = true;
        }
    }

    public void Dispose()
    {
        if (shell is null)
            return;
        if (isAbandoned)
        {
            shell.Dispose();
            return;
        }

        Tell(".", "");
        if (!shell.WaitForExit(TimeSpan.FromSeconds(2)))
            shell.Kill();
        shell.Dispose();
    }

    private void Tell(string op, string id)
    {
        if (shell is null)
            return;
        lock (gate)
        {
            shell.StandardInput.Write($"{op} {id}\n");
            shell.StandardInput.Flush();
        }
    }
}
