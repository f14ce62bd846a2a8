using System.Buffers;
using Microsoft.AspNetCore.Http;
using Nbpy.EmbeddedInflux.InfluxQl.Execution;
using Nbpy.EmbeddedInflux.Meta;
using Nbpy.EmbeddedInflux.Prometheus;

namespace Nbpy.EmbeddedInflux.Http;

internal sealed partial class InfluxApi
{
    // A packed message may grow to as many times the size of the largest body.
    private const int MaxPacking = 8;

    private byte[] Samples(ReadOnlySpan<byte> body)
    {
        try
        {
            return RemoteWrite.Lines(Snappy.Decode(body, options.MaxBody * MaxPacking));
        }
        catch (InvalidDataException e)
        {
            throw new RequestException(400, e.Message);
        }
    }

    private async Task PrometheusReadAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var user = authenticator.Authenticate(request);
        var database = request.Query["db"].ToString();
        if (authenticator.Enabled && (user is null || !user.May(Privilege.Read, database)))
            throw new RequestException(403, $"not authorized to read from database \"{database}\"");
        var (buffer, length) = await ReadBodyAsync(request, context.RequestAborted).ConfigureAwait(false);
        byte[] answer;
        try
        {
            var read = RemoteRead.Parse(Snappy.Decode(buffer.AsSpan(0, length), options.MaxBody * MaxPacking));
            answer = Snappy.Encode(await read.RunAsync(store, database, request.Query["rp"], context.RequestAborted).ConfigureAwait(false));
        }
        catch (Exception e) when (e is InvalidDataException or StatementException)
        {
            throw new RequestException(400, e.Message);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        response.ContentType = "application/x-protobuf";
        response.Headers.ContentEncoding = "snappy";
        await response.Body.WriteAsync(answer, context.RequestAborted).ConfigureAwait(false);
    }
}
