using Nbpy.Publishers;
using Nbpy.ServiceDefaults;

return await ServiceProgram.RunAsync(
    args,
    "Publishes one topic of the configuration over ZeroMQ: simulated, replayed or live.",
    PublisherFactory.Create);
