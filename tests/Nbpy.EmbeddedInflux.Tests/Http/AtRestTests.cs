using System.Net;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.Tests.Http;

/// <summary><c>--at-rest</c>, with which a copy is looked at: what another store does by itself in the same time this one does not.</summary>
public sealed class AtRestTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Continuous_queries_do_not_run()
    {
        await using var busy = await ServerProcess.StartAsync();
        await using var resting = await ServerProcess.StartAsync(arguments: "--at-rest");
        foreach (var server in (ServerProcess[])[busy, resting])
            await server.QueryAsync("CREATE DATABASE db; CREATE CONTINUOUS QUERY c ON db BEGIN SELECT count(v) INTO counted FROM m GROUP BY time(1s) END");
        await UntilAsync(async () =>
        {
            foreach (var server in (ServerProcess[])[busy, resting])
                Assert.Equal((204, ""), await server.WriteAsync("db=db", new StringContent("m v=1")));
            return (await busy.QueryAsync("SELECT * FROM counted")).Contains("counted", StringComparison.Ordinal);
        });
        var answer = await resting.QueryAsync("SELECT * FROM counted; SHOW CONTINUOUS QUERIES; SELECT count(v) FROM m");
        Assert.DoesNotContain("\"name\":\"counted\"", answer, StringComparison.Ordinal);
        Assert.Contains("INTO db.autogen.counted", answer, StringComparison.Ordinal);
        Assert.Contains("\"name\":\"m\"", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_past_its_policy_stays()
    {
        using var busy = new OldPoint(atRest: false);
        using var resting = new OldPoint(atRest: true);
        Assert.Equal(1, await resting.ShardsAsync());
        await UntilAsync(async () => await busy.ShardsAsync() == 0);
        Assert.Equal(1, await resting.ShardsAsync());
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(Patience);
        while (!await condition())
            await Task.Delay(TimeSpan.FromMilliseconds(50), limit.Token);
    }

    /// <summary>A store as the program opens it, but looked after without delay, with a point that its policy no longer covers.</summary>
    private sealed class OldPoint : IDisposable
    {
        private readonly string _directory = Directory.CreateTempSubdirectory("nbpy-at-rest-").FullName;
        private readonly Store _store;
        private Task? _written;

        public OldPoint(bool atRest)
        {
            var options = Server.Storage(new ServerOptions { DataDirectory = _directory, AtRest = atRest, Address = IPAddress.Loopback, Port = 0, MemoryLimit = "64MB" });
            _store = new Store(options with { SyncInterval = TimeSpan.FromMilliseconds(5), RetentionInterval = TimeSpan.FromMilliseconds(10) }, TimeProvider.System);
            _store.CreateDatabase("db");
        }

        public async Task<int> ShardsAsync()
        {
            await (_written ??= WriteAsync());
            return _store.ShardGroups("db").Count;
        }

        public void Dispose()
        {
            _store.Dispose();
            Directory.Delete(_directory, true);
        }

        private async Task WriteAsync()
        {
            await _store.WriteAsync("db", null, "m v=1 1"u8.ToArray(), Cancel);
            Assert.Single(_store.ShardGroups("db"));
            var policy = Assert.Single(_store.RetentionPolicies("db"));
            _store.PutRetentionPolicy("db", policy with { Duration = TimeSpan.FromHours(1) });
        }
    }
}
