using Microsoft.Extensions.Logging;
using Nbpy.Influx;
using Nbpy.Subscribers.Filtering;

namespace Nbpy.Subscribers.Tests;

public sealed class CheckpointTests : IDisposable, ILogger
{
    private readonly string path = Path.Combine(Path.GetTempPath(), "nbpy-" + Guid.NewGuid().ToString("N"), "s.json");
    private readonly List<string> log = [];

    public void Dispose()
    {
        if (Directory.Exists(Path.GetDirectoryName(path)))
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public void A_checkpoint_comes_back_and_one_that_is_not_there_is_nothing_to_speak_of()
    {
        Assert.Null(Checkpoint.Read(path, "tick", this));
        var written = new Checkpoint("r", "tick", new WriterProgress(7, 8, 9, 1, 2), new Dictionary<string, long> { ["a"] = 1 });
        written.Write(path);
        Assert.Equal(written.Progress, Checkpoint.Read(path, "tick", this)!.Progress);
        Assert.Empty(log);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"Run\":\"r\"}")]
    [InlineData("{\"Topic\":\"other\",\"Epoch\":7,\"Sequence\":1,\"Progress\":{\"Epoch\":7}}")]
    public void One_that_cannot_be_used_is_passed_over_and_says_what_that_costs(string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        Assert.Null(Checkpoint.Read(path, "tick", this));
        Assert.Null(FilterCheckpoint.Read(path, "tick", this));
        Assert.Equal(2, log.Count);
        Assert.All(log, line => Assert.Contains("counts as late", line, StringComparison.Ordinal));
    }

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => log.Add(formatter(state, exception));
}
