namespace Nbpy.Hosting.ApplicationModel; public interface IResource { string Name { get; } }
