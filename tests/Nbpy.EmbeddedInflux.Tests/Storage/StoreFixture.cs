using System.Text;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.Tests.Storage;

/// <summary>A store in a folder of its own with the database <c>db</c>, which is closed and opened again at will.</summary>
public abstract class StoreFixture : IDisposable
{
    private readonly TimeSpan _syncInterval;

    private protected StoreFixture(TimeSpan? syncInterval = null)
    {
        _syncInterval = syncInterval ?? new StoreOptions { DataDirectory = Folder }.SyncInterval;
        Store = Open();
        Store.CreateDatabase("db");
    }

    private protected string Folder { get; } = Directory.CreateTempSubdirectory("nbpy-store-").FullName;

    private protected Store Store { get; set; }

    public void Dispose()
    {
        Store.Dispose();
        Directory.Delete(Folder, true);
        GC.SuppressFinalize(this);
    }

    private protected Store Open() => new(new StoreOptions { DataDirectory = Folder, SyncInterval = _syncInterval }, TimeProvider.System);

    private protected void Reopen()
    {
        Store.Dispose();
        Store = Open();
    }

    private protected Task Write(string lines, string? policy = null)
        => Store.WriteAsync("db", policy, Encoding.UTF8.GetBytes(lines), TestContext.Current.CancellationToken);
}
