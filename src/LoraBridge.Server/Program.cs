Console.WriteLine("lorabridge");
