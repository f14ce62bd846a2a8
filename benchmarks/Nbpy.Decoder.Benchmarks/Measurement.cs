using System.Diagnostics;
using System.Globalization;

namespace Nbpy.Decoder.Benchmarks;

/// <summary>Runs a piece of work again and again for some rounds, and takes the best round: what the code can do, not what
/// else the machine had to do. One thread.</summary>
internal static class Measurement
{
    private const int Rounds = 7;
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(1);

    /// <summary>Measures and prints one line of the table.</summary>
    /// <param name="name">What it is.</param>
    /// <param name="target">Operations a second that it has to reach.</param>
    /// <param name="work">Does its work once and returns how many operations that was.</param>
    /// <returns>True when the target was reached.</returns>
    public static bool Run(string name, double target, Func<int> work)
    {
        // The first second is the just-in-time compiler's.
        OneRound(work);
        var best = (PerCpuSecond: 0.0, PerSecond: 0.0, Bytes: 0.0);
        for (var i = 0; i < Rounds; i++)
        {
            var round = OneRound(work);
            if (round.PerCpuSecond > best.PerCpuSecond)
                best = round;
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {target:N0} | {best.PerCpuSecond:N0} | {best.PerSecond:N0} | {best.Bytes:0.0} |"));
        return best.PerCpuSecond >= target;
    }

    private static (double PerCpuSecond, double PerSecond, double Bytes) OneRound(Func<int> work)
    {
        using var process = Process.GetCurrentProcess();
        process.Refresh();
        var cpu = process.TotalProcessorTime;
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        var watch = Stopwatch.StartNew();
        long operations = 0;
        while (watch.Elapsed < Round)
            operations += work();
        var elapsed = watch.Elapsed;
        bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
        process.Refresh();
        cpu = process.TotalProcessorTime - cpu;
        return (operations / cpu.TotalSeconds, operations / elapsed.TotalSeconds, (double)bytes / operations);
    }
}
