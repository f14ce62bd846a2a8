using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Nbpy.ServiceDefaults;

namespace Nbpy.AppHost.Tests;

public sealed class CounterFileTests
{
    [Fact]
    public void A_file_that_cannot_be_written_ends_nobody_and_is_said_once_and_again_when_it_can()
    {
        var folder = Path.Combine(Directory.CreateTempSubdirectory("nbpy-counters-").FullName, "run");
        var file = Path.Combine(folder, "one.json");
        var time = new FakeTimeProvider();
        var log = new LineLog();
        using (var counters = new CounterFile(file, new Service(), time, log))
        {
            time.Advance(TimeSpan.FromSeconds(2));
            Directory.Delete(folder, recursive: true);
            time.Advance(TimeSpan.FromSeconds(2));
            Assert.Equal(7, JsonSerializer.Deserialize<Dictionary<string, long>>(File.ReadAllBytes(file))!["published"]); // A removed folder is made anew.

            Directory.Delete(folder, recursive: true);
            File.WriteAllText(folder, "in the way");
            for (var i = 0; i < 10; i++)
                time.Advance(TimeSpan.FromSeconds(2));
            Assert.Single(log.Lines);
            Assert.Contains("cannot be written", log.Lines[0], StringComparison.Ordinal);

            File.Delete(folder);
            time.Advance(TimeSpan.FromSeconds(2));
            Assert.Contains("again", log.Lines[1], StringComparison.Ordinal);
            Assert.Equal(2, log.Lines.Count);
        }

        Directory.Delete(Path.GetDirectoryName(folder)!, recursive: true);
    }

    private sealed class Service : IService
    {
        public ServiceHealth Health { get; } = new(true, "");

        public IReadOnlyDictionary<string, long> Counters { get; } = new Dictionary<string, long> { ["published"] = 7 };

        public Task RunAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class LineLog : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Add(formatter(state, exception));
    }
}
