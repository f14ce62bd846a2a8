using Microsoft.AspNetCore.Http;
using Nbpy.EmbeddedInflux.Backup;

namespace Nbpy.EmbeddedInflux.Http;

internal sealed partial class InfluxApi
{
    /// <summary>Streams a backup as a tar archive. Not InfluxDB's: its own backup speaks another protocol on another port.</summary>
    private async Task BackupAsync(HttpContext context)
    {
        var user = authenticator.Authenticate(context.Request);
        if (authenticator.Enabled && user is not { Admin: true })
            throw new RequestException(403, "a backup requires admin privilege");
        try
        {
            await store.SnapshotAsync(directory =>
            {
                context.Response.ContentType = "application/x-tar";
                return BackupArchive.WriteAsync(directory, facts.Now, context.Response.Body, context.RequestAborted);
            }, context.RequestAborted).ConfigureAwait(false);
        }
        catch (InvalidOperationException e) when (!context.Response.HasStarted)
        {
            throw new RequestException(409, e.Message);
        }
    }
}
