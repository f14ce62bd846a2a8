// One system at a time: each is twenty processes.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
