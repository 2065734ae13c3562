from trials.run import main

raise SystemExit(main())
