using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using Nbpy.AppHost.Control;

namespace Nbpy.AppHost.Tests;

/// <summary>The figures of <c>nbpy status</c>: whoever asks twice within a second, or for the first time, gets figures and no dash.</summary>
public sealed class StatusFiguresTests : IDisposable
{
    private readonly string proc = Directory.CreateTempSubdirectory("nbpy-proc-").FullName;
    private readonly FakeTimeProvider time = new();

    [Fact]
    public void Processor_time_is_there_at_the_first_question_and_steady_between_looks()
    {
        var figures = new ProcessFigures(time, proc);
        Process(ticks: 500, startedTicks: 10_000, uptime: 110); // 5 s of 10 s
        Assert.Equal(50, figures.Of(1).CpuPercent!.Value, 3);
        time.Advance(TimeSpan.FromSeconds(1));
        Process(ticks: 520, startedTicks: 10_000, uptime: 111);
        Assert.Equal(20, figures.Of(1).CpuPercent!.Value, 3);
        time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(20, figures.Of(1).CpuPercent!.Value, 3);
        time.Advance(TimeSpan.FromMilliseconds(900));
        Process(ticks: 520, startedTicks: 10_000, uptime: 112);
        Assert.Equal(0, figures.Of(1).CpuPercent!.Value, 3);
        Assert.Equal((null, null), figures.Of(2));
    }

    [Fact]
    public void Messages_a_second_stay_until_there_is_a_newer_count()
    {
        var start = time.GetUtcNow();
        var rates = new MessageRates(start);
        Assert.Equal(15, rates.Of("a", 30, start.AddSeconds(2)));
        Assert.Equal(15, rates.Of("a", 30, start.AddSeconds(2)));
        Assert.Equal(20, rates.Of("a", 70, start.AddSeconds(4)));
        Assert.Equal(0, rates.Of("a", 5, start.AddSeconds(6))); // Counted anew.
        Assert.Null(rates.Of("b", 30, start));
    }

    public void Dispose() => Directory.Delete(proc, recursive: true);

    private void Process(int ticks, int startedTicks, int uptime)
    {
        Directory.CreateDirectory(Path.Combine(proc, "1"));
        File.WriteAllText(Path.Combine(proc, "1", "stat"), string.Create(CultureInfo.InvariantCulture, $"1 (a name) S 0 0 0 0 0 0 0 0 0 0 {ticks} 0 0 0 20 0 9 0 {startedTicks} 1000 2000 0"));
        File.WriteAllText(Path.Combine(proc, "uptime"), string.Create(CultureInfo.InvariantCulture, $"{uptime}.00 1.00\n"));
    }
}
