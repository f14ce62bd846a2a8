using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Nbpy.Validation.Tests;

/// <summary>A store that answers a query as the test says (real stores answer in the end-to-end tests).</summary>
internal sealed class ScriptedStore : IAsyncDisposable
{
    private readonly WebApplication app;

    private ScriptedStore(WebApplication app) => this.app = app;

    /// <summary>The statements that came.</summary>
    public ConcurrentQueue<string> Statements { get; } = [];

    public int Port { get; private set; }

    /// <param name="answer">Status and body for a statement, with how many came before it.</param>
    public static async Task<ScriptedStore> StartAsync(Func<string, int, (int Status, string Body)> answer)
    {
        var builder = WebApplication.CreateSlimBuilder(["--urls", "http://127.0.0.1:0"]);
        builder.Logging.ClearProviders();
        var store = new ScriptedStore(builder.Build());
        store.app.Map("/query", async context =>
        {
            var statement = context.Request.HasFormContentType ? (await context.Request.ReadFormAsync())["q"].ToString() : context.Request.Query["q"].ToString();
            var (status, body) = answer(statement, store.Statements.Count);
            store.Statements.Enqueue(statement);
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(body);
        });
        await store.app.StartAsync();
        store.Port = new Uri(store.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
        return store;
    }

    /// <summary>A store that has as many points as asked, in a field that none lacks.</summary>
    public static (int Status, string Body) Count(long points) => (200, points == 0
        ? """{"results":[{"statement_id":0}]}"""
        : $$"""{"results":[{"statement_id":0,"series":[{"name":"kraken_tick","columns":["time","count_bid"],"values":[[0,{{points}}]]}]}]}""");

    /// <summary>The points themselves.</summary>
    public static (int Status, string Body) Rows(long points) =>
        (200, $$"""{"results":[{"statement_id":0,"series":[{"name":"kraken_tick","columns":["time","bid"],"values":[{{string.Join(',', Enumerable.Range(0, (int)points).Select(i => $"[{i},1.5]"))}}]}]}]}""");

    public async ValueTask DisposeAsync() => await app.DisposeAsync();
}
