using Xunit;

namespace Nbpy.Tests.Shared;

/// <summary>What test programs that run side by side must not do at the same time, by locks on files that end with the process.</summary>
internal static class MachineLock
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(20);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    /// <summary>Chromium lets go of every connection when an address of the machine comes or goes (ERR_NETWORK_CHANGED), as with each container: tests
    /// with a browser share this, tests with containers have it alone.</summary>
    private static string Addresses { get; } = Path.Combine(Path.GetTempPath(), "nbpy-tests-addresses.lock");

    /// <summary>While it is held, no container of a test starts or ends.</summary>
    public static Task<FileStream> KeepAddressesAsync() => TakeInOrderAsync(FileAccess.Read, FileShare.Read);

    /// <summary>While it is held, no browser of a test is open.</summary>
    public static Task<FileStream> ChangeAddressesAsync() => TakeInOrderAsync(FileAccess.ReadWrite, FileShare.None);

    /// <summary>The file, had alone, once nobody else has it.</summary>
    public static Task<FileStream> TakeAsync(string path) => TakeAsync(path, FileAccess.ReadWrite, FileShare.None);

    /// <summary>The file, had alone; null while somebody else has it.</summary>
    public static FileStream? TryTake(string path) => TryOpen(path, FileAccess.ReadWrite, FileShare.None);

    /// <summary>Whether somebody has a file alone.</summary>
    public static bool IsTaken(string path)
    {
        using var taken = TryTake(path);
        return taken is null;
    }

    // Who waits keeps those that come later at the gate: sharers after sharers would keep out for ever who wants it alone.
    private static async Task<FileStream> TakeInOrderAsync(FileAccess access, FileShare share)
    {
        await using var gate = await TakeAsync(Addresses + ".gate");
        return await TakeAsync(Addresses, access, share);
    }

    private static async Task<FileStream> TakeAsync(string path, FileAccess access, FileShare share)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            if (TryOpen(path, access, share) is { } held)
                return held;
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Limit, $"Others have had {path} for {Limit}.");
            await Task.Delay(Poll);
        }
    }

    private static FileStream? TryOpen(string path, FileAccess access, FileShare share)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, access, share);
        }
        catch (IOException)
        {
            // Somebody has it.
            return null;
        }
    }
}
