using LoraBridge.Benchmarks;

return args switch
{
    ["unet", .. var rest] => UNetBenchmark.Run(new(rest)),
    ["unet-once", .. var rest] => UNetBenchmark.RunOnce(new(rest)),
    ["load", .. var rest] => LoadBenchmark.Run(new(rest)),
    ["make-model", .. var rest] => RandomCheckpoint.Run(new(rest)),
    ["read", .. var rest] => ReadBenchmark.Run(new(rest)),
    ["catalog", .. var rest] => CatalogBenchmark.Run(new(rest)),
    ["catalog-once", .. var rest] => CatalogBenchmark.RunOnce(new(rest)),
    ["train", .. var rest] => TrainBenchmark.Run(new(rest)),
    ["train-once", .. var rest] => TrainBenchmark.RunOnce(new(rest)),
    ["learn", .. var rest] => LearnBenchmark.Run(new(rest)),
    ["lora", .. var rest] => LoraBenchmark.Run(new(rest)),
    ["serve-load", .. var rest] => await ServeLoadBenchmark.RunAsync(new(rest)),
    ["startup", .. var rest] => await StartupBenchmark.RunAsync(new(rest)),
    ["page", .. var rest] => await PageBenchmark.RunAsync(new(rest)),
    ["operators", ..] => OperatorBenchmark.Run(),
    _ => Help(),
};

static int Help()
{
    Console.WriteLine("""
        LoraBridge's benchmarks. Every figure is measured in the same run as what it is compared with.

          unet [--dtype float32|bfloat16] [--size 512] [--batch 2] [--runs 3] [--pairs 3] [--threads N]
              One evaluation of Stable Diffusion 1.5's UNet, random weights, beside the same libtorch's Python
              (/usr/bin/python3 with torch), in turns, each in a process of its own: seconds, peak memory, ratios.
          make-model FILE [--dtype float16|float32]
              Writes a full-size Stable Diffusion 1.5 checkpoint with random weights (2.1 or 4.2 GB).
          load FILE [--dtype auto] [--runs 3]
              Loads a checkpoint: seconds and gigabytes per second.
          read FILE [--runs 5]
              All tensors of a file, read as LoraBridge does and copied out of a memory map: seconds, ratio.
          catalog [--files 2000] [--runs 5]
              A folder of adapters, made for the purpose (250 MB): indexed at first, from the remembered index, looked at again,
              asked for names: milliseconds.
          lora MODEL [--parts change,live,grid] [--rank 32] [--dtype float32|bfloat16] [--size 512] [--batch 2] [--runs 5]
              [--grid-size 256] [--steps 8] [--vocabulary FILE]
              Adapters with random factors on a full-size checkpoint (see make-model): merging and taking off, changing, what one
              to four live ones add to an evaluation of the UNet, and a grid of sixteen blends beside sixteen runs.
          train [--dtype float32|bfloat16] [--size 512] [--batch 1] [--rank 8] [--checkpointing None|Attention|Blocks] [--runs 3] [--pairs 2]
              Steps of a LoRA on the attention of the UNet, latents and text states ready, beside the same libtorch's Python
              (whole blocks recomputed there, where anything is here): seconds, peak memory, ratios.
          learn MODEL [--pictures FOLDER] [--train 20] [--steps 200] [--rate 1e-3] [--rank 8] [--batch 4] [--size 128] [--seeds 3] [--out learn]
              [--prompt TEXT] [--vocabulary FILE]
              Trains on 20 pictures and measures the loss on the others (28 of its own, unless a folder is given), before and after, for three
              seeds; draws one prompt at weights 0, 0.5 and 1. Fails where a seed learned nothing.
          serve-load [--clients 200] [--seconds 20] [--pairs 3] [--interval 1000] [--resolution 128] [--model FILE] [--vocabulary FILE] [--server DLL]
              A server that trains (the tests' tiny model, unless another is given), alone and with clients that ask it for progress and lists
              in turn, each every so many milliseconds: the answers' p50 and p99, a training step's time without and with them, its ratio.
          startup [--runs 10] [--server DLL]
              From the start of a server's process to its first answer: seconds.
          page [--runs 10] [--adapters 2000] [--pictures 500] [--seconds 8] [--waterfall 1] [--server DLL]
              The page in the machine's Chromium: from the way to it until its first step is there, with an empty cache and with a full one; then
              the library of adapters and the pictures of a data set scrolled down, frame by frame, beside a page that has nothing to draw.
          operators
              What a call of a small operator costs, in nanoseconds.
        """);
    return 0;
}
