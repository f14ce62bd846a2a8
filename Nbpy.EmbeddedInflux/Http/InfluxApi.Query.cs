using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Nbpy.EmbeddedInflux.InfluxQl;

namespace Nbpy.EmbeddedInflux.Http;

internal sealed partial class InfluxApi
{
    private async Task QueryAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        facts.Count(Counter.Queries);
        var began = facts.Timestamp();
        var user = authenticator.Authenticate(request);
        var form = request.HasFormContentType ? await request.ReadFormAsync(context.RequestAborted).ConfigureAwait(false) : null;
        string Parameter(string name) => request.Query.TryGetValue(name, out var value) && !StringValues.IsNullOrEmpty(value)
            ? value.ToString() : form?[name].ToString() ?? "";

        var query = Parameter("q");
        if (query.Length == 0)
        {
            if (form?.Files.GetFile("q") is not { } file)
                throw new RequestException(400, "missing required parameter \"q\"");
            using var reader = new StreamReader(file.OpenReadStream());
            query = await reader.ReadToEndAsync(context.RequestAborted).ConfigureAwait(false);
        }

        var results = await ExecuteAsync(new QueryRequest(query)
        {
            Database = NullIfEmpty(Parameter("db")),
            Policy = NullIfEmpty(Parameter("rp")),
            Parameters = BindParameters.Parse(Parameter("params")),
            ReadOnly = request.Method == "GET",
            Authorize = authenticator.Enabled,
            User = user,
        }, context.RequestAborted).ConfigureAwait(false);

        facts.CountTime(Counter.QueryNanoseconds, began);
        var epoch = Parameter("epoch");
        var writer = ResultFormats.Of(request, response.BodyWriter, epoch.Length == 0 ? 0 : Precision.Unit(epoch));
        response.ContentType = writer.ContentType;
        if (Parameter("chunked") != "true")
        {
            await writer.WriteAsync(options.MaxRows > 0 ? Chunks.Limit(results, options.MaxRows) : results, FlushAsync).ConfigureAwait(false);
            return;
        }

        var size = int.TryParse(Parameter("chunk_size"), CultureInfo.InvariantCulture, out var asked) && asked > 0 ? asked : options.ChunkSize;
        foreach (var chunk in results.SelectMany(r => Chunks.Of(r, size)))
        {
            await writer.WriteAsync([chunk], FlushAsync).ConfigureAwait(false);
            await response.BodyWriter.FlushAsync(context.RequestAborted).ConfigureAwait(false);
        }

        async ValueTask FlushAsync()
        {
            if (response.BodyWriter.UnflushedBytes > 32 * 1024)
                await response.BodyWriter.FlushAsync(context.RequestAborted).ConfigureAwait(false);
        }
    }

    private async Task<IReadOnlyList<StatementResult>> ExecuteAsync(QueryRequest query, CancellationToken cancellationToken)
    {
        await _queries.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await engine.ExecuteAsync(query, cancellationToken).ConfigureAwait(false);
        }
        catch (InfluxQlParseException e)
        {
            const string Prefix = "error parsing query: ";
            throw new RequestException(400, e.Message.StartsWith(Prefix, StringComparison.Ordinal) ? e.Message : Prefix + e.Message);
        }
        finally
        {
            _queries.Release();
        }
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
