using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Nbpy.Dashboard.Model;
using Nbpy.Dashboard.Telemetry;

namespace Nbpy.Dashboard.Server;

/// <summary><c>/download/all</c>: everything the dashboard holds as a zip of JSON files. Secrets are masked in it. <c>/download/logs</c> and
/// <c>/download/spans</c>: an array of JSON, oldest first; <c>?resource=NAME</c> is one sender's, <c>&amp;limit=N</c> the newest N (1,000).</summary>
internal static class Downloads
{
    private const string Mask = "********";
    private const int DefaultLimit = 1_000;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = { new JsonStringEnumConverter() },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public static void Map(IEndpointRouteBuilder endpoints, IResourceModel model, TelemetryStore store, TimeProvider time)
    {
        endpoints.MapGet("/download/all", context => WriteAsync(context, model, store, time));
        endpoints.MapGet("/download/logs", context => WriteNewestAsync(context, store.Logs));
        endpoints.MapGet("/download/spans", context => WriteNewestAsync(context, store.Spans));
    }

    private static async Task WriteNewestAsync<T>(HttpContext context, Func<string?, T[]> read)
    {
        var limit = int.TryParse(context.Request.Query["limit"], NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : DefaultLimit;
        var entries = read(context.Request.Query["resource"].ToString() is { Length: > 0 } name ? name : null);
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        await JsonSerializer.SerializeAsync(context.Response.Body, entries.TakeLast(limit), Json, context.RequestAborted).ConfigureAwait(false);
    }

    private static async Task WriteAsync(HttpContext context, IResourceModel model, TelemetryStore store, TimeProvider time)
    {
        context.Response.ContentType = "application/zip";
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"nbpy-{time.GetUtcNow():yyyyMMdd-HHmmss}.zip\"";

        // The zip's own streams end with a synchronous write, also when they are disposed of asynchronously.
        if (context.Features.Get<IHttpBodyControlFeature>() is { } body)
            body.AllowSynchronousIO = true;

        // Entry by entry into the answer: the whole is never in memory.
        var zip = await ZipArchive.CreateAsync(context.Response.Body, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, context.RequestAborted).ConfigureAwait(false);
        await using (zip.ConfigureAwait(false))
        {
            await AddAsync(zip, "resources.json", model.Resources.Select(Masked), context.RequestAborted).ConfigureAwait(false);
            foreach (var sender in store.Senders)
            {
                var folder = string.Concat(sender.Name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '_'));
                await AddAsync(zip, $"{folder}/sender.json", sender, context.RequestAborted).ConfigureAwait(false);
                await AddAsync(zip, $"{folder}/logs.json", store.Logs(sender.Name), context.RequestAborted).ConfigureAwait(false);
                await AddAsync(zip, $"{folder}/spans.json", store.Spans(sender.Name), context.RequestAborted).ConfigureAwait(false);
                await AddAsync(
                    zip, $"{folder}/metrics.json",
                    store.Instruments(sender.Name).Select(i => new { Instrument = i, Series = store.Series(sender.Name, i.Meter, i.Name, DateTimeOffset.MinValue) }),
                    context.RequestAborted).ConfigureAwait(false);
            }
        }
    }

    private static ResourceView Masked(ResourceView resource) =>
        resource with { Environment = [.. resource.Environment.Select(v => v.IsSecret ? v with { Value = Mask } : v)] };

    private static async Task AddAsync<T>(ZipArchive zip, string name, T content, CancellationToken cancellationToken)
    {
        var entry = await zip.CreateEntry(name).OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (entry.ConfigureAwait(false))
            await JsonSerializer.SerializeAsync(entry, content, Json, cancellationToken).ConfigureAwait(false);
    }
}
