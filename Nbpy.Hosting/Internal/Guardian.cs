using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Nbpy.Hosting.Internal;

/// <summary>A small shell of its own session that knows the processes and containers the host started. When its input ends, because the host
/// has died however it died, it ends them: processes with their groups politely, and after five seconds by force; containers with
/// their runtime. Killed itself, it is replaced by another one that is told everything anew.</summary>
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
    private readonly HashSet<string> processes = [];
    private readonly HashSet<string> boxes = [];
    private string? runtime;
    private Process? shell;
    private bool isAbandoned;

    private Guardian(Process? shell) => this.shell = shell;

    /// <summary>The shell's process; null where there is no shell.</summary>
    internal int? Id => shell?.Id;

    public static Guardian Start() => new(StartShell());

    public void Add(int pid)
    {
        var id = pid.ToString(CultureInfo.InvariantCulture);
        Tell("+", id, () => processes.Add(id));
    }

    public void Remove(int pid)
    {
        var id = pid.ToString(CultureInfo.InvariantCulture);
        Tell("-", id, () => processes.Remove(id));
    }

    /// <summary>A container that is to end with the host.</summary>
    public void AddContainer(string path, string name)
    {
        Tell("r", path, () => runtime = path);
        Tell("c", name, () => boxes.Add(name));
    }

    public void RemoveContainer(string name) => Tell("d", name, () => boxes.Remove(name));

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

        lock (gate)
        {
            try
            {
                Write(shell, ".", "");
                if (!shell.WaitForExit(TimeSpan.FromSeconds(2)))
                    shell.Kill();
            }
            catch (IOException)
            {
                // It has been killed: that it is gone is what is wanted.
            }

            shell.Dispose();
        }
    }

    private static Process? StartShell()
    {
        if (!File.Exists("/bin/sh"))
            return null;
        var start = Session.Start("/bin/sh", ["-c", Script]);
        start.RedirectStandardInput = true;
        return Process.Start(start);
    }

    private static void Write(Process shell, string op, string id)
    {
        shell.StandardInput.Write($"{op} {id}\n");
        shell.StandardInput.Flush();
    }

    private void Tell(string op, string id, Action remember)
    {
        lock (gate)
        {
            remember();
            if (shell is null || isAbandoned)
                return;
            try
            {
                Write(shell, op, id);
            }
            catch (IOException)
            {
                Replace();
            }
        }
    }

    /// <summary>The shell was killed: another one, which learns all that the first knew.</summary>
    private void Replace()
    {
        try
        {
            shell!.Dispose();
            shell = StartShell();
            if (shell is null)
                return;
            if (runtime is not null)
                Write(shell, "r", runtime);
            foreach (var id in processes)
                Write(shell, "+", id);
            foreach (var name in boxes)
                Write(shell, "c", name);
            Console.WriteLine("The guardian, which ends the services when this host dies, was gone; there is a new one.");
        }
        catch (Exception e) when (e is IOException or Win32Exception)
        {
            Console.WriteLine($"There is no guardian any more: should this host be killed, its services go on running ({e.Message}).");
        }
    }
}
