using System.Globalization;

namespace Nbpy.AppHost.Control;

/// <summary>Processor time and memory of processes, as Linux's /proc has them; elsewhere nothing.</summary>
internal sealed class ProcessFigures(TimeProvider time)
{
    private const double TicksPerSecond = 100;
    private readonly Dictionary<int, (double Seconds, long At)> last = [];

    /// <summary>Percent of one core since the last call for the process, and resident bytes.</summary>
    public (double? CpuPercent, long? MemoryBytes) Of(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            var used = (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
            var resident = long.Parse(fields[21], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
            var now = time.GetTimestamp();
            double? percent = last.TryGetValue(pid, out var before) && time.GetElapsedTime(before.At, now).TotalSeconds is > 0.1 and var seconds
                ? (used - before.Seconds) / seconds * 100
                : null;
            last[pid] = (used, now);
            return (percent, resident);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or IndexOutOfRangeException or FormatException)
        {
            // It has just ended, or this system has no /proc: nothing to tell.
            return (null, null);
        }
    }
}
