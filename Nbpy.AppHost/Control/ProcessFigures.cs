using System.Globalization;

namespace Nbpy.AppHost.Control;

/// <summary>Processor time and memory of processes, as Linux's /proc has them; elsewhere nothing.</summary>
/// <param name="time">The clock.</param>
/// <param name="root">Where /proc is.</param>
internal sealed class ProcessFigures(TimeProvider time, string root = "/proc")
{
    private const double TicksPerSecond = 100;

    /// <summary>Shorter spans say nothing: processor time is counted in hundredths of a second.</summary>
    private static readonly TimeSpan LeastSpan = TimeSpan.FromMilliseconds(900);
    private readonly Dictionary<int, (double Seconds, long At, double? Percent)> last = [];

    /// <summary>Percent of one core over the span between the two newest looks at the process that lie about a second apart (at first: since its
    /// start), and resident bytes.</summary>
    public (double? CpuPercent, long? MemoryBytes) Of(int pid)
    {
        try
        {
            var stat = File.ReadAllText(Path.Combine(root, pid.ToString(CultureInfo.InvariantCulture), "stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            var used = (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
            var resident = long.Parse(fields[21], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
            return (Percent(pid, used, double.Parse(fields[19], CultureInfo.InvariantCulture) / TicksPerSecond), resident);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or IndexOutOfRangeException or FormatException)
        {
            // It has just ended, or this system has no /proc: nothing to tell.
            last.Remove(pid);
            return (null, null);
        }
    }

    private double? Percent(int pid, double used, double startedAt)
    {
        var now = time.GetTimestamp();
        if (!last.TryGetValue(pid, out var before) || used < before.Seconds)
        {
            var lived = Uptime() - startedAt;
            last[pid] = before = (used, now, lived > 0.1 ? used / lived * 100 : null);
        }
        else if (time.GetElapsedTime(before.At, now) is var span && span >= LeastSpan)
        {
            last[pid] = before = (used, now, (used - before.Seconds) / span.TotalSeconds * 100);
        }

        return before.Percent;
    }

    private double Uptime() => double.Parse(File.ReadAllText(Path.Combine(root, "uptime")).Split(' ')[0], CultureInfo.InvariantCulture);
}
