using System.Text;

namespace Nbpy.Fuzz.Tests;

/// <summary>What breaks or hangs is found and kept.</summary>
public sealed class FuzzerTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("nbpy-fuzz-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task An_input_that_throws_fails_the_test_and_is_kept()
    {
        var target = Target(input => Assert.DoesNotContain((byte)'!', input)) with { Tokens = ["!"] };
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => new Fuzzer(target).RunAsync());
        var kept = Assert.Single(Directory.GetFiles(folder));
        Assert.Contains(kept, failure.Message, StringComparison.Ordinal);
        Assert.Contains((byte)'!', await File.ReadAllBytesAsync(kept, TestContext.Current.CancellationToken));
        // From now on it is tried first.
        failure = await Assert.ThrowsAsync<InvalidOperationException>(() => new Fuzzer(target with { Mutations = 0 }).RunAsync());
        Assert.Contains(kept, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_input_that_hangs_fails_the_test_and_is_kept()
    {
        using var end = new ManualResetEventSlim();
        var target = Target(_ => end.Wait()) with { Limit = TimeSpan.FromMilliseconds(50) };
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => new Fuzzer(target).RunAsync());
        end.Set();
        Assert.Contains("takes longer than 0.05 s", failure.Message, StringComparison.Ordinal);
        Assert.Equal("{\"a\":1}", await File.ReadAllTextAsync(Assert.Single(Directory.GetFiles(folder)), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_input_that_computes_for_ever_fails_the_test_and_is_kept()
    {
        using var end = new ManualResetEventSlim();
        var target = Target(_ =>
        {
            while (!end.IsSet)
                Thread.SpinWait(1000);
        }) with { Limit = TimeSpan.FromMilliseconds(50) };
        await Assert.ThrowsAsync<InvalidOperationException>(() => new Fuzzer(target).RunAsync());
        end.Set();
        Assert.Single(Directory.GetFiles(folder));
    }

    [Fact]
    public async Task A_target_goes_on_for_its_time_and_says_what_it_did()
    {
        var inputs = new HashSet<string>();
        var target = Target(input => inputs.Add(Convert.ToHexString(input))) with { Duration = TimeSpan.FromSeconds(1), Mutations = 10 };
        var start = TimeProvider.System.GetTimestamp();
        var line = await new Fuzzer(target).RunAsync();
        Assert.InRange(TimeProvider.System.GetElapsedTime(start), target.Duration, TimeSpan.MaxValue);
        Assert.True(inputs.Count > 11, line);
        Assert.Matches(@"^test +[\d,]+ inputs in \d+ s, [\d.]+ s of them with a processor$", line);
    }

    [Fact]
    public async Task A_target_that_got_no_processor_in_the_longest_time_is_a_failure()
    {
        // Who waits has none, as who is kept waiting.
        var target = Target(_ => TestContext.Current.CancellationToken.WaitHandle.WaitOne(50)) with { Duration = TimeSpan.FromSeconds(2), Longest = TimeSpan.FromSeconds(4), Mutations = 0 };
        var starved = await Assert.ThrowsAsync<InvalidOperationException>(() => new Fuzzer(target).RunAsync());
        Assert.Matches(@"^Others left it too little: test .* inputs in ([4-9]|\d\d+) s", starved.Message);
        Assert.Empty(Directory.GetFiles(folder));
    }

    [Fact]
    public async Task The_same_mutations_come_every_time()
    {
        var first = new List<byte[]>();
        var second = new List<byte[]>();
        await new Fuzzer(Target(first.Add)).RunAsync();
        await new Fuzzer(Target(second.Add)).RunAsync();
        Assert.Equal(101, first.Count);
        Assert.Equal(first, second);
    }

    private FuzzTarget Target(Action<byte[]> parse) => new("test", parse)
    {
        CorpusFolder = folder, Seeds = [Encoding.UTF8.GetBytes("{\"a\":1}")], Mutations = 100,
    };
}
