using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Nbpy.Publishers.Tests.Live.Twitter;

/// <summary>X's filtered stream on loopback: rules kept in memory, the stream as chunked HTTP, TLS. Nothing is filtered; tests speak for the venue.</summary>
internal sealed class TwitterVenue : IAsyncDisposable
{
    public const string Token = "planted-bearer-token";
    private readonly WebApplication app;
    private readonly CancellationTokenSource stop = new();
    private readonly Lock gate = new();
    private readonly Channel<Peer> streams = Channel.CreateUnbounded<Peer>();
    private long lastId = 100;

    private TwitterVenue()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(Certificate.Server)));
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Services.AddLogging();
        app = builder.Build();
        app.Run(HandleAsync);
    }

    public TestCertificate Certificate { get; } = new();

    public int Port => new Uri(app.Urls.First()).Port;

    public string Url => $"https://localhost:{Port}/2/tweets/search/stream";

    /// <summary>The stream through a proxy.</summary>
    public static string UrlAt(int port) => $"https://127.0.0.1:{port}/2/tweets/search/stream";

    /// <summary>So many answers of the rules are stalled after their head.</summary>
    public int StallRules { get; set; }

    /// <summary>409 while there is no rule.</summary>
    public bool ConflictWithoutRules { get; set; }

    /// <summary>Rules by id: value and tag.</summary>
    public SortedDictionary<string, (string Value, string Tag)> Rules { get; } = [];

    /// <summary>Answers of the next requests for the stream, instead of it: status, body, headers.</summary>
    public ConcurrentQueue<(int Status, string Body, (string Name, string Value)[] Headers)> Refuse { get; } = new();

    public ConcurrentQueue<string> Queries { get; } = new();

    public static async Task<TwitterVenue> StartAsync()
    {
        var venue = new TwitterVenue();
        await venue.app.StartAsync();
        return venue;
    }

    public async Task<Peer> NextAsync() => await streams.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    /// <summary>The next one, however long it takes; null when told to end.</summary>
    public async Task<Peer?> TryAcceptAsync(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            if (streams.Reader.TryRead(out var peer))
                return peer;
            await Task.Delay(5, CancellationToken.None);
        }

        return null;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await app.DisposeAsync();
        Certificate.Dispose();
        stop.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        if (context.Request.Headers.Authorization != $"Bearer {Token}")
        {
            await AnswerAsync(context, 401, """{"title":"Unauthorized","status":401,"detail":"Unauthorized"}""");
            return;
        }

        if (context.Request.Path.Value!.EndsWith("/rules", StringComparison.Ordinal))
        {
            await RulesAsync(context);
            return;
        }

        if (ConflictWithoutRules && Rules.Count == 0)
        {
            await AnswerAsync(context, 409, """{"title":"ConnectionException","detail":"Your stream has no rules. Add rules before connecting.","connection_issue":"RuleConfigurationIssue"}""");
            return;
        }

        Queries.Enqueue(context.Request.QueryString.Value ?? "");
        if (Refuse.TryDequeue(out var refusal))
        {
            foreach (var (name, value) in refusal.Headers)
                context.Response.Headers[name] = value;
            await AnswerAsync(context, refusal.Status, refusal.Body);
            return;
        }

        var peer = new Peer(context);
        await context.Response.Body.FlushAsync(stop.Token); // The head goes out at once; the first post may be minutes away.
        streams.Writer.TryWrite(peer);
        await Task.WhenAny(peer.Ended, Task.Delay(Timeout.Infinite, stop.Token));
    }

    private async Task RulesAsync(HttpContext context)
    {
        if (StallRules > 0)
        {
            StallRules--;
            await context.Response.Body.FlushAsync(stop.Token);
            await Task.WhenAny(Task.Delay(Timeout.Infinite, stop.Token), Task.Delay(Timeout.Infinite, context.RequestAborted));
            return;
        }

        if (context.Request.Method == "GET")
        {
            string list200;
            lock (gate)
            {
                var list = new JsonArray([.. Rules.Select(r => (JsonNode)new JsonObject { ["id"] = r.Key, ["value"] = r.Value.Value, ["tag"] = r.Value.Tag })]);
                var whole = new JsonObject { ["meta"] = new JsonObject { ["result_count"] = Rules.Count } };
                if (Rules.Count > 0)
                    whole["data"] = list;
                list200 = whole.ToJsonString();
            }

            await AnswerAsync(context, 200, list200);
            return;
        }

        var created = new JsonArray();
        var body = (await JsonNode.ParseAsync(context.Request.Body))!;
        lock (gate)
        {
            foreach (var id in body["delete"]?["ids"]?.AsArray() ?? [])
                Rules.Remove(id!.GetValue<string>());
            foreach (var rule in body["add"]?.AsArray() ?? [])
            {
                var id = (++lastId).ToString(System.Globalization.CultureInfo.InvariantCulture);
                Rules[id] = (rule!["value"]!.GetValue<string>(), rule["tag"]!.GetValue<string>());
                created.Add(new JsonObject { ["value"] = rule["value"]!.DeepClone(), ["tag"] = rule["tag"]!.DeepClone(), ["id"] = id });
            }
        }

        var answer = new JsonObject { ["meta"] = new JsonObject { ["summary"] = new JsonObject { ["created"] = created.Count } } };
        if (created.Count > 0)
            answer["data"] = created;
        await AnswerAsync(context, 201, answer.ToJsonString());
    }

    private static Task AnswerAsync(HttpContext context, int status, string body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType ??= "application/json";
        return context.Response.WriteAsync(body);
    }

    internal sealed class Peer(HttpContext context)
    {
        private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Ended => ended.Task;

        /// <summary>True when the client has gone.</summary>
        public bool Gone => context.RequestAborted.IsCancellationRequested;

        /// <summary>Gone without a word.</summary>
        public void Abort() => context.Abort();

        public async Task SendAsync(params ReadOnlyMemory<byte>[] chunks)
        {
            foreach (var chunk in chunks)
            {
                await context.Response.Body.WriteAsync(chunk, TestContext.Current.CancellationToken);
                await context.Response.Body.FlushAsync(TestContext.Current.CancellationToken);
            }
        }

        public Task SendAsync(string line) => SendAsync(Encoding.UTF8.GetBytes(line + "\r\n"));

        public void End() => ended.TrySetResult();
    }
}
