using System.CommandLine;
using System.Globalization;
using Nbpy.Messaging;

namespace Nbpy.Cli;

/// <summary><c>nbpy keys create|rotate|list</c>: the keys of the ZeroMQ sockets (docs/security.md).</summary>
internal static class KeysCommand
{
    public static Command Create()
    {
        var folder = new Option<string>("--out", "-o") { Description = "The folder.", DefaultValueFactory = _ => "keys" };
        var command = new Command("keys", "Keys that encrypt the ZeroMQ sockets (CURVE); system.curve_keys names their folder.");
        command.Subcommands.Add(Make("create", "Makes a pair: publishers.secret for publishers, publishers.public for whoever may read. Replaces nothing.", folder, path =>
        {
            Write(CurveKeys.Create(), path);
            Console.WriteLine($"Set system.curve_keys to {path} (or NBPY_CURVE_KEYS), and restart. A machine that only subscribes needs {CurveKeys.PublicFile} alone.");
        }));
        command.Subcommands.Add(Make("rotate", "Puts a new pair in the old one's place, which is kept beside it. Takes effect with the next start.", folder, path =>
        {
            var before = CurveKeys.OfPublishers(path);
            var stamp = DateTimeOffset.UtcNow.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
            foreach (var file in (string[])[CurveKeys.SecretFile, CurveKeys.PublicFile])
                File.Move(Path.Combine(path, file), Path.Combine(path, $"{file}.{stamp}"));
            Console.WriteLine($"Kept: {before.Fingerprint}, as *.{stamp}");
            Write(CurveKeys.Create(), path);
            Console.WriteLine($"Copy {CurveKeys.PublicFile} to the machines that subscribe, then restart: until both sides have it nothing passes, and what is published meanwhile is fetched from the publishers' rings.");
        }));
        command.Subcommands.Add(Make("list", "Shows which keys a folder holds, by fingerprint.", folder, path =>
        {
            var keys = File.Exists(Path.Combine(path, CurveKeys.SecretFile)) ? CurveKeys.OfPublishers(path) : CurveKeys.OfSubscribers(path);
            Console.WriteLine($"{keys.Fingerprint}  {(keys.HasSecret ? "publishers and subscribers" : "subscribers only")}  {path}");
            if (keys.HasSecret && CurveKeys.OfSubscribers(path).Fingerprint != keys.Fingerprint)
                throw new CurveKeyException($"{CurveKeys.PublicFile} is not the public half of {CurveKeys.SecretFile}: subscribers would get nothing. Copy the pair anew, or 'nbpy keys rotate'.");
        }));
        return command;
    }

    private static void Write(CurveKeys keys, string path)
    {
        keys.Write(path);
        Console.WriteLine($"Made: {keys.Fingerprint}, {Path.Combine(path, CurveKeys.SecretFile)} and {CurveKeys.PublicFile}");
    }

    private static Command Make(string name, string description, Option<string> folder, Action<string> run)
    {
        var command = new Command(name, description) { folder };
        command.SetAction(result =>
        {
            try
            {
                run(Path.GetFullPath(result.GetRequiredValue(folder)));
                return 0;
            }
            catch (Exception e) when (e is CurveKeyException or IOException or UnauthorizedAccessException)
            {
                Console.Error.WriteLine(e.Message);
                return 1;
            }
        });
        return command;
    }
}
